"""What others do with cases, calls, citizens and staff: async functions over an engine, one module per idea.

Every function raises `crm_core.errors.Unavailable` where the database does not answer in time.
"""
