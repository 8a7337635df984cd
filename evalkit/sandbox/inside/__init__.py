"""What runs behind the walls: standard library only, started as a package of its own (``inside``).

``start`` sets the walls up and keeps two warm interpreters: ``supervisor``, which knows the checks and forks
checkers, and ``zygote``, which has never seen a check and forks the untrusted programs.
"""
