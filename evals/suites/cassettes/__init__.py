"""What the models did, written down once, so that all that is not a model can be measured without one."""
