"""Record runs: what training code calls, in the words of MLflow's fluent API."""

from herdbook.recorder.run import ActiveRun as ActiveRun
from herdbook.recorder.run import active_run as active_run
from herdbook.recorder.run import start_run as start_run
from herdbook.recorder.warning import HerdbookWarning as HerdbookWarning
