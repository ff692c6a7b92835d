"""The sweep files of the presets, which the package contains."""
