"""The agent's desk: state, telephone, the call on the screen and its cases."""
