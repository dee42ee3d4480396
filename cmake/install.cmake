install(TARGETS kommander)
