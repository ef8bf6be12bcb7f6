"""From a question to what is searched for: by rules that need no model, and by a model where a setting says so."""
