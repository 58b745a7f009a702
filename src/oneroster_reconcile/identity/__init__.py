"""Who is who: which host id every source id has, and the roster in the host's ids."""
