"""The API's types, inputs and enums. Each type is built from rows by its `of`."""
