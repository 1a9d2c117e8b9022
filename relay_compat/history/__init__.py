"""What programs of older TVM releases meant, as tables: one row a change, with the release that made it.

Read off the sources of the releases 0.6 to 0.19. TVM itself upgrades only the layout of its JSON; what it says nothing
about (attributes that came later, operators that were renamed or got other arguments, meanings that changed under one
spelling) is here too. A change that cannot be undone with certainty is a row as well: one that refuses.
"""
