"""The report in the browser: what a conversion and a verification found, as data and as one HTML file.

:class:`migrate.report.page.model_report.ModelReport` is the data; :func:`migrate.report.page.html.html` the file.
"""
