"""Writers: claims as 837, acknowledgements as 999, TA1 and 277CA."""
