"""What the merchant has, turned into what each order source may be told. Pure: no input, no output, no clock."""
