"""What clients see: types, inputs and enums. Each type is made of rows by its `of`."""
