"""How each root field is answered: who may call, the arguments, one service call, the type."""
