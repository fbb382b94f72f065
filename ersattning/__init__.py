"""The money: ersmo (which product), hej (which price), vardfaktura (which invoice)."""
