"""How clients speak HTTP."""
