"""The xlwings face: macros, cell functions, add-in. Nothing is here yet; what buttons do is in `sop_xl.buttons`."""
