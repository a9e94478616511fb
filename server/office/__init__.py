"""The Excel face for the web, the Mac and laptops without Python: an Office.js add-in that this server hands out.

The manifest, the list of custom functions and the ribbon are made from the catalogue; the page is in
``static/office``; buttons run the same macros as desktop Excel, on the file engine, in warm child processes.
"""
