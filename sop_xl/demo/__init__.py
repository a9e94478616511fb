"""The story `sop-xl demo` tells: a whole cycle on real data, through real workbooks and the real server on loopback."""
