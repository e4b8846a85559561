// constants.
