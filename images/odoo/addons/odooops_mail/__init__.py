from . import catcher

catcher.install()
