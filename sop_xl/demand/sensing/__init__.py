"""Demand sensing: what outside signals add to the forecast, measured on the past before it is used."""
