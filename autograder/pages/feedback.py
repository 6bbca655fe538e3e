"""Feedback for a class of hundreds: what is the same for all is made once."""

from typing import Any, ClassVar

import jinja2
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat import NotebookNode

__all__ = ["FeedbackExporter"]


class _Compiled(jinja2.BytecodeCache):
    """Keeps Jinja2's compiled templates as long as this process lives."""

    # Shared by all of them: nbgrader makes an exporter for each student.
    _buckets: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._buckets:
            bucket.bytecode_from_string(self._buckets[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._buckets[bucket.key] = bucket.bytecode_to_string()


class FeedbackExporter(HTMLExporter):
    """nbconvert's exporter to HTML, for feedback as nbgrader_config.py sets it up."""

    def _create_environment(self) -> jinja2.Environment:
        environment: jinja2.Environment = super()._create_environment()
        environment.bytecode_cache = _Compiled()
        return environment

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of a notebook.

        ``HTMLExporter`` parses the finished page once more, to give words to pictures, which
        ``autograder.pages.sanitise`` has done, and to mark cells of JupyterLab's templates.
        """
        resources = self._init_resources(resources)
        data_type = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("filter_data_type", data_type)
        page, resources = super(HTMLExporter, self).from_notebook_node(nb, resources, **kw)
        return page, resources
