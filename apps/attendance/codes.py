"""What a sighting came to, as it is stored, counted and sent to a camera's page."""

from apps.attendance.rules.marks import Effect

PUNCHED = "punched"
ALREADY_IN = str(Effect.ALREADY_IN)
ALREADY_OUT = str(Effect.ALREADY_OUT)
ALREADY_ON_BREAK = str(Effect.ALREADY_ON_BREAK)
ATTENDANCE_EXISTS = str(Effect.ATTENDANCE_EXISTS)
MISSING_IN = str(Effect.MISSING_IN)
NO_BREAK = str(Effect.NO_BREAK)
DUPLICATE = str(Effect.DUPLICATE)
