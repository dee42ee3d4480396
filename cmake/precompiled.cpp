// The target that holds the precompiled header needs a source file. It has nothing to say.
