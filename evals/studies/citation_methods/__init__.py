"""Citation methods side by side: the same collection, model and questions, answered and cited the way others do it.

Written anew from what their documentation says, with the defaults it names; what was simplified stands with each.
"""
