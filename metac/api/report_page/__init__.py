"""`report.html`: what a run folder holds, as one page that needs nothing beside itself."""
