"""What can go wrong in recognition, each with a code for programs and a sentence that says what to do."""


class RecognitionError(Exception):
    """Base of the room's errors."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class FrameRefused(RecognitionError):
    """Bytes that are not one decodable picture of a reasonable size."""


class EngineUnknown(RecognitionError):
    """No engine of that name is registered."""


class EngineNotInstalled(RecognitionError):
    """The engine's Python packages are absent."""


class WeightsMissing(RecognitionError):
    """A model file the engine needs is not in the store."""


class WeightsCorrupt(RecognitionError):
    """A model file is there, but it is not the one that was recorded."""


class LicenceNotAccepted(RecognitionError):
    """The engine's weights are not free for every use, and nobody has accepted their terms on this machine."""


class ProviderUnavailable(RecognitionError):
    """onnxruntime cannot run where RECOGNITION_PROVIDERS says it shall."""
