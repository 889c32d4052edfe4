"""The golden set: bills followed from screening to the last cent, with every KPI worked by hand."""
