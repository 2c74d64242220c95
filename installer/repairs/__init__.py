"""Repairs: what we can do about a blocker, shown word for word before it is done.

``model``: what a repair is and which ones could help (``offered``); ``run``: doing one at once (``repair``),
or those that were chosen as steps of the plan (``carry_out``).
"""
