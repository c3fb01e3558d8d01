"""The pages and the API: thin views over the use cases. `gridgov.web.app.create_app` puts them together."""
