"""The nouns of the project: everything that lies on disk or crosses a package border."""
