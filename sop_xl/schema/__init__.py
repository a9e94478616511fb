"""The shape of every table, column, measure and setting as data, and the only parser of what people write."""
