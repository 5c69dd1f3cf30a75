"""One call's verbs: answer, say, ask, record, ring an agent, talk; and taking calls over after a restart."""
