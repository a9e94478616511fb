"""Cell functions: ranges in, ranges out, the same numbers on every face. Called through `sop_xl.functions.calling`."""
