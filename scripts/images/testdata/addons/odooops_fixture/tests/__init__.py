from . import test_word
