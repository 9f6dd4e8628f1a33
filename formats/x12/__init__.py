"""X12 as such: releases, separators, segments and envelopes."""
