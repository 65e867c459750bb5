"""Where an engine's lines lie, from the scores of people who are not each other: fitted once, kept as small data.

Reading and using a calibration needs numpy only; making one (fitting, splits) brings in scipy and runs in a command.
"""
