"""Settings of the Jupyter server that `make lab` starts: kernel messages arrive without delay.

An explorer answers an event with several small messages. TCP holds the second message back until
the browser has acknowledged the first (Nagle's algorithm), which takes up to 40 ms.
"""

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

c = get_config()  # noqa: F821 -- traitlets defines it for this file


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's connection of a browser to a kernel, without that delay."""

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()


c.ServerApp.kernel_websocket_connection_class = PromptConnection
