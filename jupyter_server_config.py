"""Jupyter's server, as `make lab` starts it: what a kernel says reaches the browser at once.

An explorer answers an event with several small messages. TCP holds the second one back until
the first is acknowledged (Nagle's algorithm), which takes the browser up to 40 ms.
"""

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

c = get_config()  # noqa: F821  (traitlets calls this file with it)


class PromptConnection(ZMQChannelsWebsocketConnection):
    """The stock connection of a browser to a kernel, without that delay."""

    def connect(self):
        self.websocket_handler.set_nodelay(True)
        return super().connect()


c.ServerApp.kernel_websocket_connection_class = PromptConnection
