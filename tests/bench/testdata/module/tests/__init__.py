from . import test_part
