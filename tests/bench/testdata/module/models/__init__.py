from . import part
from . import res_partner
