"""The conformance kit: a stand-in for the API that answers by script, and a judge of what came."""
