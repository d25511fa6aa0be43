"""How clients speak HTTP: what they accept, and what they leave out."""
