# A thread for each connection, as this project began. Prints its port.
import socket
import socketserver


class Echo(socketserver.BaseRequestHandler):
    def setup(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle(self):
        while chunk := self.request.recv(65536):
            self.request.sendall(chunk)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 511

    def handle_error(self, request, client_address):
        pass  # the load of a finished round went away


with Server(("127.0.0.1", 0), Echo) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
