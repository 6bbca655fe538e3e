"""Feedback for a class of hundreds: what is the same for all is made once."""

import jinja2
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

__all__ = ["FeedbackExporter"]


class _Compiled(jinja2.BytecodeCache):
    """Jinja2's compiled templates, kept as long as this process."""

    _buckets = {}  # noqa: RUF012 -- shared on purpose: nbgrader makes an exporter a student

    def load_bytecode(self, bucket):
        if bucket.key in self._buckets:
            bucket.bytecode_from_string(self._buckets[bucket.key])

    def dump_bytecode(self, bucket):
        self._buckets[bucket.key] = bucket.bytecode_to_string()


class FeedbackExporter(HTMLExporter):
    """nbconvert's exporter to HTML, for feedback as nbgrader_config.py sets it up."""

    def _create_environment(self):
        environment = super()._create_environment()
        environment.bytecode_cache = _Compiled()
        return environment

    def from_notebook_node(self, nb, resources=None, **kw):
        """The page of a notebook.

        ``HTMLExporter`` parses the finished page once more, to give words to pictures, which
        ``autograder.pages.sanitise`` has done, and to mark cells of JupyterLab's templates.
        """
        resources = self._init_resources(resources)
        data_type = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("filter_data_type", data_type)
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **kw)
