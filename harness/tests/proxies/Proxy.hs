-- A solution of the exercise a-proxy in Haskell: a thread for each address and for
-- each caller. An MVar for each address keeps the poem; who holds it fetches the
-- poem, and the others wait for it.
module Main (main) where

import Control.Concurrent (forkFinally, forkIO, threadDelay)
import Control.Concurrent.MVar (MVar, modifyMVar, newMVar)
import Control.Exception (IOException, bracket, try)
import Control.Monad (forever, void)
import qualified Data.ByteString as B
import Network.Socket
import Network.Socket.ByteString (recv, sendAll)
import System.Environment (getArgs)
import System.IO (hFlush, stdout)

main :: IO ()
main = do
  ports <- mapM start =<< getArgs
  putStrLn (unwords ("listening" : map show ports))
  hFlush stdout
  forever (threadDelay 1000000)

local :: PortNumber -> SockAddr
local port = SockAddrInet port (tupleToHostAddress (127, 0, 0, 1))

start :: String -> IO PortNumber
start address = do
  kept <- newMVar Nothing
  listener <- socket AF_INET Stream defaultProtocol
  bind listener (local 0)
  listen listener 128
  _ <- forkIO . forever $ do
    (caller, _) <- accept listener
    void (forkFinally (serve kept port caller) (const (close caller)))
  socketPort listener
 where
  port = read (drop 1 (dropWhile (/= ':') address))

serve :: MVar (Maybe B.ByteString) -> PortNumber -> Socket -> IO ()
serve kept port caller = do
  found <- modifyMVar kept $ \poem -> do
    now <- maybe (fetch port) (pure . Just) poem
    pure (now, now)
  case found of
    Just poem -> sendAll caller poem
    Nothing -> setSockOpt caller Linger (StructLinger 1 0) -- its close is a reset

fetch :: PortNumber -> IO (Maybe B.ByteString)
fetch port = either failed Just <$> try (bracket (socket AF_INET Stream defaultProtocol) close whole)
 where
  failed :: IOException -> Maybe B.ByteString
  failed _ = Nothing
  whole server = do
    connect server (local port)
    B.concat <$> pieces server
  pieces server = do
    piece <- recv server 4096
    if B.null piece then pure [] else (piece :) <$> pieces server
