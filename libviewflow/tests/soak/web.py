"""What a web server does in the crash test: begin processes, and confirm what waits."""

from __future__ import annotations

import random
import signal
import sys
import time
from contextlib import suppress

import django


def main(total: int) -> None:
    from viewflow.fsm import TransitionNotAllowed
    from viewflow.workflow import STATUS, FlowLockFailed
    from viewflow.workflow.models import Process, Task

    from .flows import SoakFlow

    while True:
        if Process.objects.count() < total:
            SoakFlow.start.run()
        waiting = Task.objects.filter(flow_task=SoakFlow.confirm, status=STATUS.NEW)
        for task in waiting.order_by("?")[:3]:
            # The other server may be quicker.
            with suppress(TransitionNotAllowed, FlowLockFailed):
                SoakFlow.confirm.run(task)
        time.sleep(random.uniform(0.02, 0.2))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    django.setup()
    main(int(sys.argv[1]))
