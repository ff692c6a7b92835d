"""Networks that memorize: recurrent cells, the layers around them, and their costs."""
