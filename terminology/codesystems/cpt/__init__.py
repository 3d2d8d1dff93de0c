"""Current Procedural Terminology: codes, modifiers, and expressions that join them."""
